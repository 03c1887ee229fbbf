using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>Reads the file of an anchor checkpoint by checkpoint. What was not written to its end is left out: at the end, and where a mark behind it says so. One owner; it closes the file.</summary>
internal sealed class AnchorScanner(SafeFileHandle file, string origin) : IDisposable
{
    private const int LinesOfNote = 5;

    private readonly LineScanner _lines = new(file, 0);
    private readonly List<byte> _bytes = [];
    private CheckpointNote? _next;
    private bool _isRead;

    /// <summary>What follows is no checkpoint of this journal.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next one; null at the end, and where there is none.</summary>
    public CheckpointNote? Next
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

    private CheckpointNote? Read()
    {
        _bytes.Clear();
        for (var count = 1; _lines.TryRead(); count++)
        {
            if (_lines.Line.SequenceEqual(UnfinishedEntry.Mark))
            {
                // The line feed before it belongs to the mark.
                if (_bytes.Count > 0 && !UnfinishedEntry.IsOne(_bytes.ToArray().AsSpan(..^1), origin))
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

            // What has as many lines and is none can still be the beginning of one, with a mark further on.
            _bytes.AddRange(_lines.Line);
            if (count == LinesOfNote && CheckpointNote.TryRead([.. _bytes], out _) is { IsSignatureWhole: true } note)
            {
                IsMalformed = note.Origin != origin;
                return IsMalformed ? null : note;
            }
        }

        IsMalformed = _lines.IsTooLong || !CanTake(_lines.Torn) || !UnfinishedEntry.IsOne([.. _bytes, .. _lines.Torn], origin);
        return null;
    }

    private bool CanTake(ReadOnlySpan<byte> line) => _bytes.Count + line.Length <= UnfinishedEntry.MostBytes;
}
