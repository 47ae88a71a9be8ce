function score = any_batch(bundle, batch)
%ANY_BATCH A network's scores for another number of observations at once than it was exported with.
%   SCORE = XVERIFY.INTERNAL.ANY_BATCH(BUNDLE, BATCH) is a function: [Y, ATONCE] = SCORE(X), for the one input and the one output of
%   BUNDLE, with at most BATCH observations in X. ATONCE is how many of them run at once. A step costs about the same for one small image
%   as for many.
%   A bundle has the batch of its export, perhaps also in constants. So the first call computes in both ways: the other batch is kept
%   only if it runs and gives the first observations the same scores.

exported = struct('bundle', bundle, 'program', xverify.internal.program(bundle));
first = bundle.inputs{1};
own = first.shape(first.permutation(first.dims == 'B'));
mode = 'untried';
if batch == own
  mode = 'exported';
end
score = @run;

  function [y, atOnce] = run(x)
    atOnce = batch;
    switch mode
      case 'untried'
        [y, agrees] = both(exported, x, own);
        mode = 'exported';
        if agrees
          mode = 'asked';
        end
      case 'asked'
        y = xverify.predict(with_batch(exported, size(x, 4)), x);
      otherwise
        y = xverify.predict(exported, x);
    end
    if strcmp(mode, 'exported')
      atOnce = own;
    end
  end
end

function [y, agrees] = both(exported, x, own)
count = min(own, size(x, 4));
expected = xverify.predict(exported, x(:, :, :, 1:count));
try
  y = xverify.predict(with_batch(exported, size(x, 4)), x);
  difference = abs(double(y(:, 1:count)) - double(expected));
  % Two orders of rounding are far below, observations that were mixed far above.
  agrees = all(difference(:) <= 1e-4 * max(abs(double(expected(:)))));
catch
  agrees = false;
end
if ~agrees
  y = xverify.predict(exported, x);
end
end

function net = with_batch(net, count)
%   The number of observations in every input and layer whose batch axis is known.
for k = 1:numel(net.bundle.inputs)
  net.bundle.inputs{k} = item_with_batch(net.bundle.inputs{k}, count);
end
for k = 1:numel(net.bundle.layers)
  net.bundle.layers{k} = item_with_batch(net.bundle.layers{k}, count);
end
end

function item = item_with_batch(item, count)
item.shape(item.permutation(item.dims == 'B')) = count;
end
