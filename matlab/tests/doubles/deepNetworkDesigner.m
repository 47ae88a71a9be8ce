function opened = deepNetworkDesigner(net)
%DEEPNETWORKDESIGNER A stand-in, see README.md: it keeps what it is given, and returns it when it is asked without one.

persistent last
if nargin > 0
  last = net;
end
opened = last;
end
