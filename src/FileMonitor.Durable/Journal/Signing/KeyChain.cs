using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>One change of the key: the record that names the next one, and the proof of it by the key before.</summary>
internal sealed record KeyLink(byte[] Line, TlogProof Proof)
{
    /// <summary>The size of the last checkpoint that the key before signed.</summary>
    public long LastSize => Proof.Index + 1;

    public byte[] ToBytes() => [.. Line, .. Proof.ToBytes(), (byte)'\n'];
}

/// <summary>
/// Which key signed which checkpoints, from the first key on: reads journal.keys link by link and believes a link by the key before it. Sizes are
/// asked for in ascending order. One owner.
/// </summary>
internal sealed class KeyChain : IDisposable
{
    private readonly SafeFileHandle? _file;
    private readonly LineScanner? _lines;
    private KeyLink? _ahead;
    private bool _isAtEnd;

    /// <param name="directory">The journal.</param>
    /// <param name="first">The key of its first checkpoints, which this object disposes of.</param>
    public KeyChain(JournalDirectory directory, PublicKey first)
    {
        Current = first;
        try
        {
            _file = directory.OpenToRead(JournalDirectory.KeyLinksName);
            _lines = new(_file, 0);
        }
        catch (FileNotFoundException)
        {
            _isAtEnd = true;
        }
    }

    public PublicKey Current { get; private set; }

    /// <summary>What is wrong with the first link that is not to be believed; the chain ends before it.</summary>
    public string? Problem { get; private set; }

    /// <summary>The last link that was followed or read ahead.</summary>
    public KeyLink? Last { get; private set; }

    /// <summary>Bytes of the links that are to be believed.</summary>
    public long GoodBytes { get; private set; }

    /// <summary>The key that signs a checkpoint of so many records.</summary>
    public PublicKey For(long size)
    {
        while (Peek() is { } link && link.LastSize < size)
        {
            Follow(link);
        }

        return Current;
    }

    /// <summary>Follows all links that are left; the key is then that of the next checkpoint.</summary>
    public void FollowAll()
    {
        while (Peek() is { } link)
        {
            Follow(link);
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        Current.Dispose();
    }

    private void Follow(KeyLink link)
    {
        var next = PublicKey.TryImport(RecordJson.NextKey(link.Line))!;
        Current.Dispose();
        Current = next;
        _ahead = null;
    }

    private KeyLink? Peek()
    {
        if (_ahead is null && !_isAtEnd)
        {
            _ahead = Read();
            _isAtEnd = _ahead is null;
            if (_ahead is not null)
            {
                GoodBytes = _lines!.Offset;
                Last = _ahead;
            }
        }

        return _ahead;
    }

    private KeyLink? Read()
    {
        if (!_lines!.TryRead())
        {
            return _lines.TornBytes == 0 && !_lines.IsTooLong ? null : Refuse("ends in the middle of a line");
        }

        var line = _lines.Line.ToArray();
        if (ReadProof() is not { } proof)
        {
            return Refuse("is not a record with its proof");
        }

        using var next = RecordJson.NextKey(line) is { } spki ? PublicKey.TryImport(spki) : null;
        return next is null ? Refuse("names no key")
            : proof.Note.Size != proof.Index + 1 || proof.Index < (Last?.LastSize ?? 0) ? Refuse("is not about the last record of its checkpoint, or out of order")
            : !proof.Proves(line, Current) ? Refuse("is not signed by the key before it, or its record is another one")
            : new(line, proof);
    }

    /// <summary>Until the empty line after the signature.</summary>
    private TlogProof? ReadProof()
    {
        var text = new List<byte>();
        var signature = "\u2014 "u8;
        var isSigned = false;
        while (text.Count <= TlogProof.MostBytes && _lines!.TryRead())
        {
            if (isSigned)
            {
                return _lines.Line.Length == 1 ? TlogProof.TryRead(text.ToArray()) : null;
            }

            isSigned = _lines.Line.StartsWith(signature);
            text.AddRange(_lines.Line);
        }

        return null;
    }

    private KeyLink? Refuse(string problem)
    {
        Problem = $"the link after {GoodBytes} bytes {problem}";
        return null;
    }
}
