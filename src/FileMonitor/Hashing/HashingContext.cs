using System.Threading.RateLimiting;
using FileMonitor.Extending;

namespace FileMonitor.Hashing;

/// <summary>Shared by all reads: the disk, the limits, the budget and the totals. Any thread.</summary>
internal sealed class HashingContext(IFileView view, ChecksumOptions options, TimeProvider time, bool detectsWriters) : IDisposable
{
    // Measured: no difference from 128 KiB to 1 MiB. Smaller reads cost calls, larger ones only memory.
    internal const int LargestRead = 256 * 1024;
    private const int BudgetPeriodsPerSecond = 10;

    private long _files;
    private long _bytes;

    /// <summary>How many files were hashed.</summary>
    public long Files => Interlocked.Read(ref _files);

    /// <summary>How many bytes were read, discarded attempts included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public IFileView View { get; } = view;

    public TimeProvider Time { get; } = time;

    /// <summary>Whether each file that is hashed is asked for writers.</summary>
    public bool DetectsWriters { get; } = detectsWriters;

    /// <summary>Compares small text files; null when that was not asked for.</summary>
    public TextDiffs? Texts { get; init; }

    public long MaxFileBytes { get; } = options.MaxFileBytes ?? long.MaxValue;

    public int Attempts { get; } = options.Attempts;

    /// <summary>How long one file may be read; zero for no limit.</summary>
    public TimeSpan ReadTimeout { get; } = options.ReadTimeout;

    /// <summary>The largest single read.</summary>
    public int LargestPiece { get; } = (int)Math.Min(LargestRead, BudgetPerPeriod(options));

    public TokenBucketRateLimiter? Budget { get; } = options.BytesPerSecond == 0 ? null : new(new()
    {
        TokenLimit = BudgetPerPeriod(options),
        TokensPerPeriod = BudgetPerPeriod(options),
        ReplenishmentPeriod = TimeSpan.FromSeconds(1) / BudgetPeriodsPerSecond,
        QueueLimit = int.MaxValue,
    });

    public void CountBytes(int count) => Interlocked.Add(ref _bytes, count);

    public void CountFile() => Interlocked.Increment(ref _files);

    public void Dispose() => Budget?.Dispose();

    private static int BudgetPerPeriod(ChecksumOptions options) => options.BytesPerSecond == 0
        ? int.MaxValue
        : (int)Math.Clamp(options.BytesPerSecond / BudgetPeriodsPerSecond, 1, int.MaxValue);
}
