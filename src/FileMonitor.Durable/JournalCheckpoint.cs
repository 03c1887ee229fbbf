using System.Text;
using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable;

/// <summary>A signed statement of a journal about all its records up to one.</summary>
public sealed class JournalCheckpoint
{
    private readonly CheckpointNote _note;

    internal JournalCheckpoint(CheckpointNote note) => _note = note;

    /// <summary>Which journal: <c>host/filemonitor/id</c>.</summary>
    public string Origin => _note.Origin;

    /// <summary>How many records it covers, from the first that the journal ever had.</summary>
    public long Size => _note.Size;

    /// <summary>The root of the RFC 6962 tree over these records: 32 bytes.</summary>
    public ReadOnlyMemory<byte> RootHash => _note.Root;

    /// <summary>All of it as a signed note (c2sp.org/tlog-checkpoint), which ends with a line feed.</summary>
    public string Note => Encoding.UTF8.GetString(_note.ToBytes());
}
