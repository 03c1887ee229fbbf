using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>Hashes files, each in one stable state (G5), with a <see cref="ContentRead"/> for each. Any thread.</summary>
internal sealed class ContentHasher(IFileView view, ChecksumOptions options, TimeProvider time, bool detectsWriters = false, TextDiffs? texts = null) : IDisposable
{
    /// <summary>The disk, the limits and the totals.</summary>
    public HashingContext Context { get; } = new(view, options, time, detectsWriters) { Texts = texts };

    /// <summary>Begins to hash a file; the caller gives its path with each slice.</summary>
    /// <param name="before">The checksum that is known, from which the text may differ.</param>
    public ContentRead Begin(Sha256Digest? before = null) => new(Context, before);

    /// <summary>Hashes a file in one go.</summary>
    public async ValueTask<HashResult> HashAsync(string root, string relativePath, CancellationToken cancellationToken)
    {
        using var read = Begin();
        while (true)
        {
            var step = await read.ContinueAsync(root, relativePath, cancellationToken).ConfigureAwait(false);
            if (step.Result is { } result)
            {
                return result;
            }

            if (step.Pause > TimeSpan.Zero)
            {
                // When cancelled, Abandon returns what is known of the file.
                await Task.Delay(step.Pause, Context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancellationToken.IsCancellationRequested)
                {
                    return read.Abandon();
                }
            }
        }
    }

    public void Dispose() => Context.Dispose();
}
