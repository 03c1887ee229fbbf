using System.Security.Cryptography.X509Certificates;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Timestamps;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>Compares the checkpoints that were kept elsewhere with a journal that is being verified. One owner.</summary>
internal sealed class AnchorCheck : IDisposable
{
    private readonly string _path;
    private readonly string _origin;
    private readonly X509Certificate2Collection? _trusted;
    private readonly AnchorScanner _notes;

    /// <param name="path">The file.</param>
    /// <param name="origin">The journal.</param>
    /// <param name="trusted">Whose time stamps the checkpoints must have; null when they have none.</param>
    public AnchorCheck(string path, string origin, X509Certificate2Collection? trusted)
    {
        (_path, _origin, _trusted) = (path, origin, trusted);
        var directory = new JournalDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, JournalDevice.Instance);
        _notes = new(directory.OpenToRead(Path.GetFileName(path)), origin, hasTokens: trusted is not null);
    }

    /// <summary>How many records the last checkpoint covers that was found to be true.</summary>
    public long UpTo { get; private set; }

    /// <summary>Its time stamp; null when there is none.</summary>
    public Timestamp? Last { get; private set; }

    /// <summary>Compares the checkpoints about no more than these records.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public JournalFinding? Reach(CompactRange range, KeyChain keys)
    {
        while (_notes.Next is { } next && next.Note.Size <= range.Size)
        {
            var note = next.Note;
            if (note.Size < UpTo || !keys.For(note.Size).Verifies(note) || (note.Size == range.Size && !range.Root().AsSpan().SequenceEqual(note.Root)))
            {
                return Found(
                    JournalProblem.AnchorContradicts, UpTo, note.Size - 1,
                    $"The anchored {note} in {_path} is not what the journal says of records {UpTo} to {note.Size - 1}, or out of order.");
            }

            try
            {
                Last = next.Token is { } token ? TokenCheck.Verify(TokenCheck.TryDecode(token)!, next.Bytes, _trusted!) : null;
            }
            catch (TokenRefusedException refused)
            {
                return Found(JournalProblem.TimestampRefused, UpTo, note.Size - 1, $"The time stamp of the {note} in {_path} proves nothing: {refused.Message}.");
            }

            UpTo = note.Size;
            _notes.Take();
        }

        return null;
    }

    /// <summary>Whether nothing is left that the journal does not have.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public JournalFinding? End(CompactRange range, string place)
    {
        if (_notes.Next is { Note: var note })
        {
            return new(JournalProblem.RecordsMissing, place, range.Size, note.Size - 1, $"A {note} was anchored, and the journal ends with record {range.Size - 1}.");
        }

        return _notes.IsMalformed
            ? Found(
                JournalProblem.AnchorContradicts, UpTo, range.Size - 1,
                $"What follows the {UpTo} anchored records in {_path} is no {(_trusted is null ? "checkpoint" : "time-stamped checkpoint")} of {_origin}.")
            : null;
    }

    public void Dispose() => _notes.Dispose();

    private JournalFinding Found(JournalProblem problem, long first, long last, string message) => new(problem, _path, first, last, message);
}
