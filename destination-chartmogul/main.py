"""Run the connector from a checkout: `python main.py --help`."""

from destination_chartmogul.run import run

if __name__ == "__main__":
    run()
