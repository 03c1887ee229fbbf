using FileMonitor.Diagnostics;

namespace FileMonitor.Pipeline;

/// <summary>Times how long files take to be summed, while somebody wants to know. Any thread.</summary>
internal sealed class MeteredHasher(ContentHasher hasher, MonitorInstruments instruments, string monitor, TimeProvider time)
{
    // What went as usual is told once in so many files; a storm of small ones would else be a storm of spans.
    private const int Sampling = 64;

    private long _files;

    public ValueTask<HashResult> HashAsync(string root, string relativePath, CancellationToken cancellationToken) =>
        instruments.TimesHashes || MonitorActivities.HasListeners ? MeasureAsync(root, relativePath, cancellationToken) : hasher.HashAsync(root, relativePath, cancellationToken);

    private async ValueTask<HashResult> MeasureAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var result = await hasher.HashAsync(root, relativePath, cancellationToken).ConfigureAwait(false);
        var took = time.GetElapsedTime(begun);
        instruments.Hashed(result.Status, took);
        var isSample = Interlocked.Increment(ref _files) % Sampling == 1;
        MonitorActivities.Hashed(monitor, result.Status, result.BytesRead, result.Attempts, isSample, time.GetUtcNow(), took);
        return result;
    }
}
