function layer = lstmLayer(numHiddenUnits, varargin)
%LSTMLAYER A stand-in, see README.md.

layer = doubles.recurrent('lstmLayer', numHiddenUnits, 4, 4, varargin, {});
end
