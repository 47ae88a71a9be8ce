function x = gather(x)
%GATHER A stand-in, see README.md: arrays lie in memory.
end
