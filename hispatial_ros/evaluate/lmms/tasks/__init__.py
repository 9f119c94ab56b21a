"""Task files of lmms-eval (``--include_path``)."""
