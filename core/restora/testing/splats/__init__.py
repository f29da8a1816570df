"""Adapters for stored vectors of Gaussian scenes: their files, cameras and renders."""
