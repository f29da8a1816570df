"""Draws Gaussian scenes on the processor, exactly; importing its modules loads numba."""
