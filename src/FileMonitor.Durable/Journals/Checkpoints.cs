using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Verification;

namespace FileMonitor.Durable.Journals;

/// <summary>Finds a checkpoint in the files of a journal.</summary>
internal static class Checkpoints
{
    /// <summary>The one of so many records; null when there is none. Its signature is not looked at.</summary>
    public static CheckpointNote? Find(JournalDirectory journal, string origin, long size)
    {
        foreach (var first in journal.Checkpoints().Where(first => first <= size).Reverse())
        {
            using var notes = new NoteScanner(journal.OpenToRead(JournalDirectory.CheckpointsName(first)), origin);
            for (; notes.Next is { } note; notes.Take())
            {
                if (note.Size == size)
                {
                    return note;
                }
            }
        }

        return null;
    }
}
