using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>A checkpoint in the file of an anchor.</summary>
/// <param name="Note">The checkpoint.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Token">Its time stamp, not checked; null in a file without.</param>
internal sealed record AnchoredNote(CheckpointNote Note, byte[] Bytes, byte[]? Token);

/// <summary>Reads the file of an anchor checkpoint by checkpoint. What was not written to its end is left out: at the end, and where a mark behind it says so. One owner; it closes the file.</summary>
internal sealed class AnchorScanner(SafeFileHandle file, string origin, bool hasTokens) : IDisposable
{
    private const int LinesOfNote = 5;

    private readonly int _linesOfEntry = hasTokens ? LinesOfNote + 1 : LinesOfNote;
    private readonly LineScanner _lines = new(file, 0);
    private readonly List<byte> _bytes = [];
    private AnchoredNote? _next;
    private bool _isRead;

    /// <summary>What follows is no checkpoint of this journal.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next one; null at the end, and where there is none.</summary>
    public AnchoredNote? Next
    {
        get
        {
            if (!_isRead)
            {
                _next = Read();
                _isRead = true;
            }

            return _next;
        }
    }

    public void Take() => _isRead = false;

    public void Dispose() => file.Dispose();

    private AnchoredNote? Read()
    {
        _bytes.Clear();
        for (var count = 1; _lines.TryRead(); count++)
        {
            if (_lines.Line.EndsWith(UnfinishedEntry.Mark))
            {
                var unfinished = _lines.Line[..^UnfinishedEntry.Mark.Length];
                if (!CanTake(unfinished) || !UnfinishedEntry.IsOne([.. _bytes, .. unfinished], origin, hasTokens))
                {
                    IsMalformed = true;
                    return null;
                }

                _bytes.Clear();
                count = 0;
                continue;
            }

            if (!CanTake(_lines.Line))
            {
                IsMalformed = true;
                return null;
            }

            _bytes.AddRange(_lines.Line);
            if (count == _linesOfEntry)
            {
                var entry = ReadEntry();
                IsMalformed = entry?.Note.Origin != origin;
                return IsMalformed ? null : entry;
            }
        }

        IsMalformed = _lines.IsTooLong || !CanTake(_lines.Torn) || !UnfinishedEntry.IsOne([.. _bytes, .. _lines.Torn], origin, hasTokens);
        return null;
    }

    private AnchoredNote? ReadEntry()
    {
        ReadOnlySpan<byte> bytes = [.. _bytes];
        if (CheckpointNote.TryRead(bytes, out var length) is not { } note)
        {
            return null;
        }

        var token = hasTokens ? UnfinishedEntry.TokenOf(bytes[length..]) : null;
        return hasTokens && token is null ? null : new(note, bytes[..length].ToArray(), token);
    }

    private bool CanTake(ReadOnlySpan<byte> line) => _bytes.Count + line.Length <= UnfinishedEntry.MostBytes(hasTokens);
}
