using FileMonitor.Diagnostics;

namespace FileMonitor.Hashing;

/// <summary>Times how long files take to be summed, while somebody wants to know. Any thread.</summary>
internal sealed class MeteredHasher(ContentHasher hasher, MonitorInstruments instruments, string monitor, TimeProvider time)
{
    // What went as usual is told once in so many files; a storm of small ones would else be a storm of spans.
    private const int Sampling = 64;

    private long _files;

    public IContentRead Begin() => instruments.TimesHashes || MonitorActivities.HasListeners ? new MeteredRead(this, hasher.Begin()) : hasher.Begin();

    private void Done(in HashResult result, TimeSpan took)
    {
        instruments.Hashed(result.Status, took);
        var isSample = Interlocked.Increment(ref _files) % Sampling == 1;
        MonitorActivities.Hashed(monitor, result.Status, result.BytesRead, result.Attempts, isSample, time.GetUtcNow(), took);
    }

    /// <summary>From the first slice to the result: pauses, and turns that others had in between, are part of what somebody waits for.</summary>
    private sealed class MeteredRead(MeteredHasher meter, ContentRead read) : IContentRead
    {
        private long? _begun;

        public async ValueTask<HashStep> ContinueAsync(string root, string relativePath, CancellationToken cancellationToken)
        {
            var begun = _begun ??= meter.TimeNow;
            var step = await read.ContinueAsync(root, relativePath, cancellationToken).ConfigureAwait(false);
            if (step.Result is { } result)
            {
                meter.Done(result, meter.Elapsed(begun));
            }

            return step;
        }

        public void Rest() => read.Rest();

        public void Cancel() => read.Cancel();

        public void Dispose() => read.Dispose();
    }

    private long TimeNow => time.GetTimestamp();

    private TimeSpan Elapsed(long begun) => time.GetElapsedTime(begun);
}
