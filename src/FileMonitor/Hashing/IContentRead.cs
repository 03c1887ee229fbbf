namespace FileMonitor.Hashing;

/// <summary>
/// One file being hashed, slice by slice. Between two slices it may rest, with the file closed. Owned by the current reader; only
/// <see cref="Cancel"/> may be called by others.
/// </summary>
internal interface IContentRead : IDisposable
{
    /// <summary>Reads one more slice.</summary>
    /// <param name="root">The root below which the file is opened, if it is not open.</param>
    /// <param name="relativePath">The path below the root.</param>
    /// <param name="cancellationToken">Ends the reading, also in the middle of a slice.</param>
    /// <returns>The result, or that there is more to read, at once or after a pause.</returns>
    ValueTask<HashStep> ContinueAsync(string root, string relativePath, CancellationToken cancellationToken);

    /// <summary>Closes the file until the next slice.</summary>
    void Rest();

    /// <summary>The result is not needed any more: the read ends before its next buffer. Any thread.</summary>
    void Cancel();
}

/// <summary>The state of a read after a slice.</summary>
/// <param name="Result">The result; null while the read is not finished.</param>
/// <param name="Pause">How long to wait before the next slice.</param>
internal readonly record struct HashStep(HashResult? Result, TimeSpan Pause = default)
{
    /// <summary>There is more to read.</summary>
    public static HashStep More => default;

    public bool IsDone => Result is not null;

    /// <summary>The next slice may begin at once.</summary>
    public bool GoesOn => Result is null && Pause == TimeSpan.Zero;
}
