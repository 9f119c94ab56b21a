"""Understanding questions without a model: a small grammar over the taxonomy of HiSpatial."""
