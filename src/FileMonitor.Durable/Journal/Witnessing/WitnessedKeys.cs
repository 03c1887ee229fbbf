using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal.Witnessing;

/// <summary>A key of a journal, as a witness knows it.</summary>
/// <param name="After">It signs checkpoints of more records than these; -1 for the first key.</param>
/// <param name="Spki">SubjectPublicKeyInfo, DER.</param>
/// <param name="RootBefore">The root over the first <paramref name="After"/> records, the last of which names the key: the checkpoint of the key before must say it. Empty for the first key.</param>
/// <param name="IsProved">Whether that checkpoint was seen, or it is the first key.</param>
internal sealed record WitnessedKey(long After, byte[] Spki, byte[] RootBefore, bool IsProved);

/// <summary>The keys of a journal from the records that name them. The same rule as <see cref="KeyChain"/> has, without the file of links: a witness sees the checkpoint itself. One owner.</summary>
internal sealed class WitnessedKeys
{
    /// <summary>A key is for a segment, which is 64 MB: checkpoints so old are not asked for.</summary>
    public const int Most = 64;

    private readonly List<WitnessedKey> _keys;

    public WitnessedKeys(IEnumerable<WitnessedKey> keys) => _keys = [.. keys];

    public IReadOnlyList<WitnessedKey> All => _keys;

    /// <summary>Takes a record that names a key.</summary>
    /// <param name="after">How many records there are with it.</param>
    /// <param name="spki">The key.</param>
    /// <param name="root">The root over those records.</param>
    public void Add(long after, byte[] spki, byte[] root)
    {
        // The last one may be given again after the witness was loaded. Unproved keys are not pushed out by later ones, of which somebody could make any number.
        if (after <= _keys[^1].After || (_keys.Count == Most && !_keys[1].IsProved))
        {
            return;
        }

        using var key = PublicKey.TryImport(spki);
        if (key is null)
        {
            return;
        }

        if (_keys.Count == Most)
        {
            _keys.RemoveAt(0);
        }

        _keys.Add(new(after, spki, root, IsProved: false));
    }

    /// <summary>The key that signs checkpoints of that size; the oldest one that is kept for sizes before it.</summary>
    public WitnessedKey For(long size) => _keys.FindLast(key => key.After < size) ?? _keys[0];

    /// <summary>Takes note of a checkpoint that holds: where a record at its end names a key, that key is proved by it.</summary>
    public void Prove(long size)
    {
        var next = _keys.FindIndex(key => key.After == size);
        if (next > 0 && _keys[next - 1].IsProved)
        {
            _keys[next] = _keys[next] with { IsProved = true };
        }
    }
}
