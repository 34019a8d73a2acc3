"""`python -m keap_chartmogul_sync`."""

from keap_chartmogul_sync.run import run

if __name__ == "__main__":
    run()
