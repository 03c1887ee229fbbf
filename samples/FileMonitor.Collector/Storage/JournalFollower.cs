using System.Text;
using FileMonitor.Durable;

namespace FileMonitor.Collector.Storage;

/// <summary>
/// Where one journal is: the row of the table, and the witness of its records. Owned by the queue that the journal comes through; thrown away with every transaction that fails.
/// </summary>
internal sealed class JournalFollower(int id, string origin, string host)
{
    // Checkpoints come behind their records, so that many are waiting only behind a hole. Then the last ones are enough.
    private const int MostPending = 16;

    // How many records a restart may have to read again.
    private const int MostRecordsBetweenStates = 8192;

    private long _savedSize;

    public int Id { get; } = id;

    public string Origin { get; } = origin;

    public string Host { get; } = host;

    public string? Monitor { get; set; }

    /// <summary>All records before this index are stored.</summary>
    public long Next { get; set; }

    public long Highest { get; set; } = -1;

    public DateTime? HoleSince { get; set; }

    public string? LastKind { get; set; }

    public DateTime? LastAt { get; set; }

    public string? FirstKey { get; set; }

    public bool IsKeyPinned { get; set; }

    public JournalWitness? Witness { get; private set; }

    public List<byte[]> Pending { get; } = [];

    public long? CheckpointSize { get; set; }

    public DateTime? CheckpointAt { get; set; }

    public long Revision { get; set; }

    /// <summary>Records were added, or nothing is known yet: whether later ones close up has to be looked up.</summary>
    public bool MayAdvance { get; private set; } = true;

    /// <summary>The state of the witness when it has to be stored; null when it has not.</summary>
    public byte[]? NewState { get; private set; }

    /// <summary>A journal of the same monitor of the same host that it takes the place of.</summary>
    public bool IsMonitorNew { get; private set; }

    public List<Finding> Findings { get; } = [];

    /// <summary>Which open incidents end.</summary>
    public HashSet<(string Kind, long Subject)> Ended { get; } = [];

    /// <summary>Goes on with a witness that was stored. Its last checkpoint is checked once more, which finds records that were changed in the database.</summary>
    public void Resume(byte[] state)
    {
        Witness = JournalWitness.Load(state);
        _savedSize = Witness.Size;
        if (Witness.Checkpoint is { } last)
        {
            Pending.Insert(0, Encoding.UTF8.GetBytes(last.Note));
        }
    }

    public void TakeRecord(JournalMessage message)
    {
        var (index, columns) = (message.Sequence, message.Columns!);
        if (index > Highest)
        {
            Highest = index;
            LastKind = columns.Kind;
            LastAt = columns.OccurredAt ?? LastAt;
        }

        if (Monitor is null && columns.Monitor is { Length: > 0 } monitor)
        {
            Monitor = monitor;
            IsMonitorNew = true;
        }

        if (index == Next)
        {
            if (Witness?.Size == Next)
            {
                Append(message.Body);
            }

            Next++;
            MayAdvance = true;
        }
    }

    /// <summary>Gives the witness its next record.</summary>
    public void Append(byte[] line)
    {
        Witness!.Append(line);
        if (Witness.Size - _savedSize > MostRecordsBetweenStates)
        {
            SaveWitness();
        }
    }

    /// <summary>Takes the first public key. The first one that comes counts, unless one was pinned.</summary>
    public void TakeKey(string pem, string? pinned)
    {
        if (FirstKey is null)
        {
            try
            {
                Witness = new(Origin, pinned ?? pem);
            }
            catch (ArgumentException)
            {
                Findings.Add(new(IncidentKind.UnknownKey, -1, "The host sent a first key that is none."));
                return;
            }

            FirstKey = pinned ?? pem;
            IsKeyPinned = pinned is not null;
            MayAdvance = true;
            SaveWitness();
        }

        if (FirstKey.Trim() != pem.Trim())
        {
            Findings.Add(new(IncidentKind.UnknownKey, -1, IsKeyPinned
                ? "The host sent another first key than the one that is pinned for this journal."
                : "The host sent another first key than before. The first one still counts."));
        }
    }

    public void TakeNote(byte[] note, DateTime now)
    {
        // One that is the same says nothing new and must not push out others.
        if (Pending.Exists(pending => pending.AsSpan().SequenceEqual(note)))
        {
            return;
        }

        Pending.Add(note);
        CheckPending(now);
        if (Pending.Count > MostPending)
        {
            Pending.RemoveAt(0);
        }
    }

    /// <summary>Checks what waited for records, or for the proof of a key.</summary>
    public void CheckPending(DateTime now)
    {
        for (var isAgain = Witness is not null; isAgain;)
        {
            isAgain = false;
            foreach (var note in Pending.ToArray())
            {
                isAgain |= Check(note, now);
            }
        }
    }

    /// <summary>Checkpoints that are true and new.</summary>
    public List<JournalCheckpoint> NewCheckpoints { get; } = [];

    /// <summary>Smaller checkpoints than the last one: when they are stored, they came again, and otherwise the journal went back.</summary>
    public List<(byte[] Note, string Message)> Smaller { get; } = [];

    public void Written()
    {
        NewCheckpoints.Clear();
        Smaller.Clear();
        Revision++;
        MayAdvance = IsMonitorNew = false;
        NewState = null;
        Findings.Clear();
        Ended.Clear();
    }

    /// <summary>Whether others are to be checked again.</summary>
    private bool Check(byte[] note, DateTime now)
    {
        var before = Witness!.Checkpoint?.Size;
        var result = Witness.Check(note);
        if (result.Status == WitnessStatus.Ahead)
        {
            return false;
        }

        if (result.Status == WitnessStatus.KeyUnproved)
        {
            Findings.Add(new(IncidentKind.UnknownKey, 0, result.Message));
            return false;
        }

        Pending.Remove(note);
        switch (result.Status)
        {
            case WitnessStatus.Consistent:
                Ended.Add((IncidentKind.UnknownKey, 0));
                Findings.RemoveAll(finding => finding is { Kind: IncidentKind.UnknownKey, Subject: 0 });
                if (Witness.Checkpoint!.Size == before)
                {
                    return false;
                }

                (CheckpointSize, CheckpointAt) = (Witness.Checkpoint.Size, now);
                NewCheckpoints.Add(Witness.Checkpoint);
                SaveWitness();
                return true;
            case WitnessStatus.RootDiffers:
                Findings.Add(new(IncidentKind.RootMismatch, 0, result.Message));
                break;
            case WitnessStatus.Backwards:
                Smaller.Add((note, result.Message));
                break;
            case WitnessStatus.KeyUnknown:
                Findings.Add(new(IncidentKind.UnknownKey, 0, result.Message));
                break;
            case WitnessStatus.Malformed:
                Findings.Add(new(IncidentKind.RootMismatch, 1, $"The host sent a checkpoint that is none. {result.Message}"));
                break;
        }

        return false;
    }

    private void SaveWitness()
    {
        NewState = Witness!.Save();
        _savedSize = Witness.Size;
    }
}
