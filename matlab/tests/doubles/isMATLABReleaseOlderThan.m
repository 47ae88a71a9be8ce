function answer = isMATLABReleaseOlderThan(release)
%ISMATLABRELEASEOLDERTHAN A stand-in, see README.md.

own = getenv('XVERIFY_DOUBLE_RELEASE');
if isempty(own)
  own = 'R2026a';
end
sorted = sort({own, release});
answer = ~strcmp(own, release) && strcmp(sorted{1}, own);
end
