"""The verdict on a whole data set: whether two implementations of one network decide alike, sample by sample."""
