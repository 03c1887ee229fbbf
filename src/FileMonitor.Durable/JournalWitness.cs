using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Tree;
using FileMonitor.Durable.Journal.Witnessing;

namespace FileMonitor.Durable;

/// <summary>
/// Follows a journal from its records and checkpoints as they arrive somewhere else, without its directory: a witness, as transparency logs call it. It finds what an anchor finds
/// (a journal whose end was cut off, an older copy) and what a verification finds (changed records), at once. It takes about 70 KB of memory, however long the journal is.
/// Not thread-safe.
/// </summary>
public sealed class JournalWitness
{
    /// <summary>How many of the last checkpoints it can tell from new ones.</summary>
    private const int MostSeen = 64;

    private readonly WitnessedTree _tree;
    private readonly WitnessedKeys _keys;
    private readonly List<SeenCheckpoint> _seen;
    private CheckpointNote? _last;

    /// <summary>Begins with the first record.</summary>
    /// <param name="origin">Which journal: <c>host/filemonitor/id</c>.</param>
    /// <param name="firstKeyPem">
    /// The journal's first public key as PEM. Taken from whoever sends the records, it proves only that nothing changed since then (trust on first use); kept elsewhere when the
    /// journal was begun, it proves more.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="origin"/> is empty, or <paramref name="firstKeyPem"/> is no such key.</exception>
    public JournalWitness(string origin, string firstKeyPem)
    {
        ArgumentException.ThrowIfNullOrEmpty(origin);
        ArgumentNullException.ThrowIfNull(firstKeyPem);
        using var key = PublicKey.TryImportPem(firstKeyPem) ?? throw new ArgumentException("The first key is no PEM of an ECDSA public key on P-256.", nameof(firstKeyPem));
        Origin = origin;
        _tree = new();
        _keys = new([new(After: -1, key.Spki, RootBefore: [], IsProved: true)]);
        _seen = [];
    }

    private JournalWitness(WitnessMemory memory)
    {
        Origin = memory.Origin;
        _tree = new(memory.Folded);
        _keys = new(memory.Keys);
        _seen = [.. memory.Seen];
        _last = memory.Last;
    }

    /// <summary>Which journal.</summary>
    public string Origin { get; }

    /// <summary>How many records it was given: the index of the next one.</summary>
    public long Size => _tree.Size;

    /// <summary>The largest checkpoint that was consistent; null when there was none. Records before its size are those that were written.</summary>
    public JournalCheckpoint? Checkpoint => _last is null ? null : new(_last);

    /// <summary>
    /// Goes on from what <see cref="Save"/> gave. <see cref="Size"/> is then up to 2,048 records behind where it was: give it the records from there on again, then
    /// check <see cref="Checkpoint"/> again, which finds records that were changed where they were kept.
    /// </summary>
    /// <param name="state">What was saved.</param>
    /// <exception cref="InvalidDataException">The bytes are no such state.</exception>
    public static JournalWitness Load(ReadOnlyMemory<byte> state) => new(WitnessCodec.Read(state));

    /// <summary>What it has to keep, at most about 20 KB.</summary>
    public byte[] Save() => WitnessCodec.Write(new(Origin, _tree.Folded, _keys.All, _seen, _last));

    /// <summary>Takes the next record.</summary>
    /// <param name="line">The line of the journal as it is, without its line feed.</param>
    /// <exception cref="ArgumentException">There is a line feed in it, so it is no line of a journal.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)'\n'))
        {
            throw new ArgumentException("A record has no line feed in it.", nameof(line));
        }

        _tree.Append(line);

        // Most records name no key, and reading JSON costs more than looking for the word.
        if (line.IndexOf(RecordJson.KeyChangedName) >= 0 && RecordJson.NextKey(line) is { } spki)
        {
            _keys.Add(_tree.Size, spki, _tree.RootAt(_tree.Size));
        }
    }

    /// <summary>Compares a checkpoint with the records.</summary>
    /// <param name="note">The signed note, as it is.</param>
    public WitnessResult Check(ReadOnlySpan<byte> note)
    {
        if (note.Length > CheckpointNote.MostBytes || CheckpointNote.TryRead(note, out var length) is not { } read || length != note.Length || read.Origin != Origin)
        {
            return new(WitnessStatus.Malformed, -1, $"It is no checkpoint of {Origin}.");
        }

        if (read.Size > Size)
        {
            return new(WitnessStatus.Ahead, read.Size, $"The {read} is ahead: {Size} records are here.");
        }

        var key = _keys.For(read.Size);
        if (!IsSigned(read, key))
        {
            return new(WitnessStatus.KeyUnknown, read.Size, $"The {read} is not signed by the key that is valid there.");
        }

        var root = RootAt(read.Size);
        if (root is null && read.Size > (_last?.Size ?? 0))
        {
            return new(WitnessStatus.TooOld, read.Size, $"The {read} came more than {WitnessedTree.MostLeaves} records late, and cannot be compared any more.");
        }

        if (root is not null && !root.AsSpan().SequenceEqual(read.Root))
        {
            return new(
                WitnessStatus.RootDiffers, read.Size,
                $"The {read} is not about the records that are here: before record {read.Size} at least one was changed, removed, added or moved.");
        }

        return Accept(read, key);
    }

    private WitnessResult Accept(CheckpointNote note, WitnessedKey key)
    {
        if (_last is not null && note.Size <= _last.Size)
        {
            return IsKnown(note)
                ? new(WitnessStatus.Consistent, note.Size, $"The {note} was checked before.")
                : new(WitnessStatus.Backwards, note.Size, $"The {note} goes back behind {_last.Size} records, which were signed before: the journal is an older copy of itself.");
        }

        if (!key.IsProved)
        {
            return new(
                WitnessStatus.KeyUnproved, note.Size,
                $"The {note} is signed by the key that record {key.After - 1} names, and no checkpoint of {key.After} records by the key before was seen.");
        }

        _keys.Prove(note.Size);
        _last = note;
        _seen.Add(new(note.Size, note.Root));
        if (_seen.Count > MostSeen)
        {
            _seen.RemoveAt(0);
        }

        return new(WitnessStatus.Consistent, note.Size, $"The {note} is about the records that are here.");
    }

    private static bool IsSigned(CheckpointNote note, WitnessedKey key)
    {
        using var imported = PublicKey.TryImport(key.Spki);
        return imported!.Verifies(note);
    }

    /// <summary>The root at a size, where it is still known.</summary>
    private byte[]? RootAt(long size) =>
        size >= _tree.FirstSize ? _tree.RootAt(size)
        : _keys.All.FirstOrDefault(key => key.After == size)?.RootBefore is { Length: MerkleHash.Size } before ? before
        : _seen.FindIndex(seen => seen.Size == size) is >= 0 and var at ? _seen[at].Root
        : null;

    // The checkpoint that proves a key is the first one of its segment, which a publisher sends again after a start. Its root was compared.
    private bool IsKnown(CheckpointNote note) =>
        _seen.Exists(seen => seen.Size == note.Size && seen.Root.AsSpan().SequenceEqual(note.Root)) || _keys.All.Any(key => key.After == note.Size);
}
