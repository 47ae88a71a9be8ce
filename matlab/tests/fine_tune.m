function losses = fine_tune(bundleDir, file, varargin)
%FINE_TUNE Trains the last fully connected layer of a bundle's network a little, in plain MATLAB code.
%   LOSSES = FINE_TUNE(BUNDLEDIR, FILE) runs the network on the inputs of its export, takes gradient steps of the cross-entropy on the
%   last fully connected layer, and writes the weights of all layers to FILE: one struct a layer, named by the layer's id, as a
%   user writes them who has no Deep Learning Toolbox. LOSSES has the loss before each step, and after the last.
%
%   FINE_TUNE(..., 'Activations', OTHER) also writes what every layer of the tuned network gives on those inputs, for
%   `xverify reimport BUNDLE FILE --verify OTHER`. 'Steps', N (20), 'Rate', R (0.05) and 'Labels', L (row of classes from 1; by default the
%   samples take turns) say how to train.
%
%   Errors: xverify:fineTune:layer, xverify:fineTune:labels, and those of xverify.run
%
%   Example:
%     losses = fine_tune('my-net', 'tuned.mat', 'Activations', 'tuned-activations.mat');

defaults = struct('Activations', '', 'Steps', 20, 'Rate', 0.05, 'Labels', []);
options = xverify.internal.options('fineTune', varargin, defaults);
bundle = xverify.internal.load_bundle(bundleDir);
last = last_fully_connected(bundle);
inputs = xverify.internal.reference_inputs(bundle);
values = xverify.internal.execute(xverify.internal.program(bundle), bundle, inputs);
features = values.(last.inputs{1}); % features x samples
keys = last.parameters;
weights = bundle.parameters.(keys.Weights).value;
bias = bundle.parameters.(keys.Bias).value;
[weights, bias, losses] = train(features, weights, bias, options);
bundle.parameters.(keys.Weights).value = weights;
bundle.parameters.(keys.Bias).value = bias;
content = layers_of(bundle); %#ok<NASGU>
save(file, '-struct', 'content', '-v6');
if ~isempty(options.Activations)
  values = xverify.internal.execute(xverify.internal.program(bundle), bundle, inputs);
  xverify.internal.write_activations(options.Activations, bundle, fieldnames(values), struct2cell(values), xverify.internal.producer());
end
end

function step = last_fully_connected(bundle)
found = find(cellfun(@(step) strcmp(step.op, 'fullyConnectedLayer'), bundle.graph));
if isempty(found) || ~isfield(bundle.graph{found(end)}.parameters, 'Bias')
  error('xverify:fineTune:layer', 'The network has no fully connected layer with a bias.');
end
step = bundle.graph{found(end)};
end

function [weights, bias, losses] = train(features, weights, bias, options)
classes = size(weights, 1);
samples = size(features, 2);
labels = options.Labels;
if isempty(labels)
  labels = mod(0:samples - 1, classes) + 1;
end
if numel(labels) ~= samples || any(labels < 1 | labels > classes)
  error('xverify:fineTune:labels', 'Labels is a row of %d classes from 1 to %d.', samples, classes);
end
wanted = single((1:classes)' == labels(:)');
losses = zeros(1, options.Steps + 1);
for k = 1:options.Steps + 1
  scores = weights * features + bias;
  scores = scores - max(scores, [], 1);
  probabilities = exp(scores) ./ sum(exp(scores), 1);
  losses(k) = -mean(log(sum(probabilities .* wanted, 1)));
  if k <= options.Steps
    gradient = (probabilities - wanted) / samples;
    weights = weights - single(options.Rate) * (gradient * features');
    bias = bias - single(options.Rate) * sum(gradient, 2);
  end
end
end

function content = layers_of(bundle)
%   Layer id -> property -> array, of the layers that have parameters.
content = struct();
for k = 1:numel(bundle.graph)
  step = bundle.graph{k};
  if numel(step.op) > 5 && strcmp(step.op(end - 4:end), 'Layer') && isstruct(step.parameters)
    for name = fieldnames(step.parameters)'
      content.(step.layer).(name{1}) = bundle.parameters.(step.parameters.(name{1})).value;
    end
  end
end
end
