function layer = global_pooling(type, count, arguments)
%GLOBAL_POOLING What the global poolings have in common: spatial dimensions stay, of size 1; a time dimension goes.

layer = doubles.layer(type, arguments, {}, @(~, X) forward(type, count, X));
end

function Y = forward(type, count, X)
if count == 1
  Y = doubles.run_layer(type, struct(), struct(), X);
  Y = dlarray(reshape(extractdata(Y), size(Y, 1), size(Y, 2)), 'CB');
else
  Y = doubles.run_layer(type, struct(), struct(), X);
end
end
