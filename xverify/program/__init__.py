"""The exported program: its layers, its runs in float32 and float64, its noise floors."""
