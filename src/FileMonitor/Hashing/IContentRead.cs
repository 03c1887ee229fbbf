namespace FileMonitor.Hashing;

/// <summary>
/// One file being summed, slice by slice. Between two slices it may rest: nothing is held open then. Owned by whoever reads it at the
/// moment; only <see cref="Cancel"/> may be called by others.
/// </summary>
internal interface IContentRead : IDisposable
{
    /// <summary>Reads one slice more.</summary>
    /// <param name="root">The root below which the file is opened, where it is not open.</param>
    /// <param name="relativePath">Its path below that.</param>
    /// <param name="cancellationToken">Ends the reading, also in the middle of a slice.</param>
    /// <returns>The result, or that there is more to do, at once or after a pause.</returns>
    ValueTask<HashStep> ContinueAsync(string root, string relativePath, CancellationToken cancellationToken);

    /// <summary>Closes the file until it is continued.</summary>
    void Rest();

    /// <summary>Nobody wants the result any more: what is being read ends before the next buffer. Any thread.</summary>
    void Cancel();
}

/// <summary>Where a reading stands after a slice.</summary>
/// <param name="Result">What came of it; null while it is not done.</param>
/// <param name="Pause">How long to wait before it is continued.</param>
internal readonly record struct HashStep(HashResult? Result, TimeSpan Pause = default)
{
    /// <summary>There is more to read.</summary>
    public static HashStep More => default;

    public bool IsDone => Result is not null;

    /// <summary>The next slice may begin at once.</summary>
    public bool GoesOn => Result is null && Pause == TimeSpan.Zero;
}
