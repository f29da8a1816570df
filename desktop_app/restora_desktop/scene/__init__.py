"""Scenes of 3D Gaussians on the screen: looking around, cameras, paths, selecting, fixing from there."""
