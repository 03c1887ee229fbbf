using System.Text;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Timestamps;

namespace FileMonitor.Durable;

/// <summary>
/// Asks a time-stamping authority (RFC 3161) for a time stamp of a checkpoint, and appends both to a file: proof that these records existed at that time, which nobody can make later, not even who has the
/// journal's keys. To show that the end of the journal was cut off the file must be kept where whoever can change the journal cannot change it.
/// </summary>
public sealed class TimestampAnchor : ICheckpointAnchor
{
    private readonly TimestampClient _client;
    private readonly AnchorFile _file;

    /// <summary>Nothing is opened and nobody is asked before the first checkpoint.</summary>
    /// <param name="options">Copied.</param>
    /// <exception cref="ArgumentException">The options are wrong; the message has every mistake.</exception>
    public TimestampAnchor(TimestampAnchorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.GetErrors() is [_, ..] errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }

        _client = new(options.Copy());
        _file = new(options.Path, hasTokens: true);
        Interval = options.Interval;
    }

    /// <inheritdoc/>
    public TimeSpan Interval { get; }

    /// <summary>Reads the end of the file: the last checkpoint that was written to its end, of whichever journal.</summary>
    /// <param name="cancellationToken">Not looked at: one read is not interrupted.</param>
    /// <returns>Its note; null when the file has none or is missing.</returns>
    /// <exception cref="IOException">The file cannot be read, or is a link, a device or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read and written.</exception>
    public ValueTask<string?> ReadLastAsync(CancellationToken cancellationToken) => new(_file.Last() is { } last ? Encoding.UTF8.GetString(last.ToBytes()) : null);

    /// <summary>Gets a time stamp of the checkpoint, checks it, appends both and forces them to the device. A checkpoint that the file has as its last one already is not stamped again.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellationToken">Ends the wait for the authority.</param>
    /// <returns>Ends when the time stamp is kept.</returns>
    /// <exception cref="IOException">
    /// The authority cannot be reached, refuses, or gives no time stamp that holds; or the file cannot be written, is a link, a device or the like, or ends in something that is no time-stamped checkpoint of this journal.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var note = Encoding.UTF8.GetBytes(checkpoint.Note);

        // Also so that nobody is asked for a time stamp that could not be kept.
        if (_file.LastToAppendTo(checkpoint.Origin) is { } last && last.Size == checkpoint.Size && last.Root.AsSpan().SequenceEqual(checkpoint.RootHash.Span))
        {
            return;
        }

        var token = await _client.StampAsync(note, cancellationToken).ConfigureAwait(false);
        _file.Append(checkpoint.Origin, [.. note, .. Encoding.ASCII.GetBytes(Convert.ToBase64String(token)), (byte)'\n']);
    }
}
