"""Run the connector from a checkout: `python main.py --help`."""

from source_keap.run import run

if __name__ == "__main__":
    run()
