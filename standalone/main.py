"""Run it from a checkout: `python main.py --help`."""

from keap_chartmogul_sync.run import run

if __name__ == "__main__":
    run()
