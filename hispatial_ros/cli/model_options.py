"""Arguments that the commands about the model share."""

import argparse


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint",
        default="lhzzzzzy/HiSpatial-3B",
        metavar="PATH_OR_ID",
        help="folder with weights.pt and config.json, a converted folder, or a hub id "
        "(lhzzzzzy/HiSpatial-3B)",
    )
    parser.add_argument(
        "--revision", default="main", metavar="REV", help="commit, tag or branch on the hub (main)"
    )
