function varargout = size(X, varargin)
%SIZE Of the array.

[varargout{1:max(nargout, 1)}] = size(X.data, varargin{:});
end
