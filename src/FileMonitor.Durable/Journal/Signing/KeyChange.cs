using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>
/// The change to a new key: its file, then the record that names it, then the checkpoint of that record by the old key, then the link for whoever
/// verifies, then the old key is erased. Each step is on the device before the next, and after a failure or a crash it goes on where it was. Owned
/// by the writer.
/// </summary>
internal sealed class KeyChange(JournalDirectory directory, SigningKeys keys, long linkBytes)
{
    private long _linkBytes = linkBytes;
    private byte[] _line = [];
    private CompactRange? _before;
    private CheckpointNote? _note;

    // Once the link is there the old key may be gone: it is the only way to the next one, and is not touched again.
    private bool _isLinked;

    /// <summary>The record that names the next key; null when no change is under way.</summary>
    public long? Index => _before?.Size;

    /// <summary>Makes the next key.</summary>
    /// <param name="before">The tree before the record.</param>
    /// <param name="now">What the record says.</param>
    /// <returns>The record, to be written next and to be covered by a checkpoint that ends with it.</returns>
    public byte[] Begin(CompactRange before, DateTimeOffset now)
    {
        var line = RecordJson.OfNextKey(keys.Prepare().Spki, now);
        Resume(line, before);
        return line;
    }

    /// <summary>The same when the record is there already.</summary>
    public void Resume(byte[] line, CompactRange before)
    {
        _line = line;
        _before = before.Copy();
    }

    /// <summary>Takes note of a checkpoint that is on the device, and ends the change when it is the one.</summary>
    public void Checkpointed(CheckpointNote note)
    {
        if (_before is not null && note.Size == _before.Size + 1)
        {
            _note = note;
            GoOn();
        }
    }

    /// <summary>Does what is left once the checkpoint is there; nothing may be signed before it succeeds.</summary>
    public void GoOn()
    {
        if (_note is null)
        {
            return;
        }

        if (!_isLinked)
        {
            WriteLink(_before!, _note);
            _isLinked = true;
        }

        keys.TakeNext();
        (_note, _before, _isLinked) = (null, null, false);
    }

    private void WriteLink(CompactRange before, CheckpointNote note)
    {
        // The last leaf's neighbours are the subtrees before it, the smallest first.
        var path = Enumerable.Range(0, before.Count).Select(hash => before[hash].ToArray()).Reverse().ToArray();
        var link = new KeyLink(_line, new(before.Size, path, note)).ToBytes();
        if (directory.Has(JournalDirectory.KeyLinksName))
        {
            using var file = directory.OpenToWrite(JournalDirectory.KeyLinksName);

            // What a failed attempt left behind the last good link is written over, not only flushed again.
            RandomAccess.SetLength(file, _linkBytes);
            directory.Device.Write(file, link, _linkBytes);
            directory.Device.Flush(file);
        }
        else
        {
            directory.Publish(JournalDirectory.KeyLinksName, link);
        }

        _linkBytes += link.Length;
    }
}
