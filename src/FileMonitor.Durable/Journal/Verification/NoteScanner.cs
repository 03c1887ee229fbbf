using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>Reads a file of checkpoints one by one. One owner; it closes the file.</summary>
internal sealed class NoteScanner(SafeFileHandle file, string origin) : IDisposable
{
    private const int LinesOfNote = 5;

    private readonly LineScanner _lines = new(file, 0);
    private readonly List<byte> _bytes = [];
    private CheckpointNote? _next;
    private bool _isRead;

    /// <summary>What follows is no checkpoint of this journal.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Bytes of a checkpoint at the end that was not written to its end: the process ended, or the disk failed.</summary>
    public int UnfinishedBytes { get; private set; }

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
        for (var line = 0; line < LinesOfNote; line++)
        {
            if (!_lines.TryRead() || _bytes.Count + _lines.Line.Length > CheckpointNote.MostBytes)
            {
                if (!_lines.IsTooLong && _bytes.Count + _lines.TornBytes < CheckpointNote.MostBytes)
                {
                    _bytes.AddRange(_lines.Torn);
                }

                UnfinishedBytes = _bytes.Count;
                IsMalformed = _lines.IsTooLong || !UnfinishedNote.IsOne([.. _bytes], origin);
                return null;
            }

            _bytes.AddRange(_lines.Line);
        }

        var note = CheckpointNote.TryRead(_bytes.ToArray(), out _);
        IsMalformed = note?.Origin != origin;
        return IsMalformed ? null : note;
    }
}
