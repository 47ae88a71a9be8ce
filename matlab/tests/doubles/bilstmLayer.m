function layer = bilstmLayer(numHiddenUnits, varargin)
%BILSTMLAYER A stand-in, see README.md.

layer = doubles.recurrent('bilstmLayer', numHiddenUnits, 8, 8, varargin, {});
end
