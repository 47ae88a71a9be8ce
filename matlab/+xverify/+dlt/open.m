function open(source, varargin)
%OPEN Opens a network in Deep Network Designer.
%   XVERIFY.DLT.OPEN(BUNDLEDIR) imports the bundle's model.onnx and opens it.
%   XVERIFY.DLT.OPEN(BUNDLEDIR, 'How', 'build') builds it from layers instead; further options are those of xverify.dlt.import or
%   xverify.dlt.build.
%   XVERIFY.DLT.OPEN(NET) opens a dlnetwork.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote, or NET, a dlnetwork
%   Errors:  xverify:open:option, and those of the import
%
%   Before R2024a the app gets the network's layer graph: whether it took a dlnetwork is not established. Not yet run in MATLAB.
%
%   Example:
%     xverify.dlt.open('cifar10-net')
%
%   See also xverify.dlt.import, xverify.dlt.build

if ischar(source) || isa(source, 'string')
  source = made(source, varargin);
elseif ~isempty(varargin)
  error('xverify:open:option', 'A network is opened as it is, without options.');
end
if isMATLABReleaseOlderThan('R2024a')
  deepNetworkDesigner(layerGraph(source));
else
  deepNetworkDesigner(source);
end
end

function net = made(bundleDir, given)
how = 'import';
if numel(given) > 1 && strcmp(given{1}, 'How')
  how = char(given{2});
  given = given(3:end);
end
switch how
  case 'import'
    net = xverify.dlt.import(bundleDir, given{:});
  case 'build'
    net = xverify.dlt.build(bundleDir, given{:});
  otherwise
    error('xverify:open:option', 'How is ''import'' or ''build'', not ''%s''.', how);
end
end
