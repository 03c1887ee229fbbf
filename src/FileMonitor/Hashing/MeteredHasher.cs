using FileMonitor.Diagnostics;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>Measures how long hashing takes, while a metric or a trace is listened to. Any thread.</summary>
internal sealed class MeteredHasher(ContentHasher hasher, MonitorInstruments instruments, string monitor, TimeProvider time)
{
    // One in so many ordinary files gets a span; otherwise a storm of small files would be a storm of spans.
    private const int Sampling = 64;

    private long _files;

    public IContentRead Begin(Sha256Digest? known) => instruments.TimesHashes || MonitorActivities.HasListeners ? new MeteredRead(this, hasher.Begin(known)) : hasher.Begin(known);

    private void Done(in HashResult result, TimeSpan took)
    {
        instruments.Hashed(result.Status, took);
        var isSample = Interlocked.Increment(ref _files) % Sampling == 1;
        MonitorActivities.Hashed(monitor, result.Status, result.BytesRead, result.Attempts, isSample, time.GetUtcNow(), took);
    }

    /// <summary>
    /// Measures from the first slice to the result, pauses and the turns of other files included, because that is how long the checksum takes.
    /// </summary>
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
