namespace FileMonitor.Durable.Journal;

/// <summary>Lines that were read from a journal, in buffers that are used again with the next read. One owner.</summary>
internal sealed class JournalLines
{
    private readonly List<int> _ends = [];
    private byte[] _buffer = new byte[64 * 1024];

    /// <summary>The index of the first of them.</summary>
    public long FirstIndex { get; private set; }

    public int Count => _ends.Count;

    /// <summary>Bytes of all of them.</summary>
    public int Length => _ends.Count == 0 ? 0 : _ends[^1];

    /// <summary>One line with its LF, until the next read.</summary>
    public ReadOnlySpan<byte> this[int line] => _buffer.AsSpan((line == 0 ? 0 : _ends[line - 1]).._ends[line]);

    internal void Begin(long firstIndex)
    {
        FirstIndex = firstIndex;
        _ends.Clear();
    }

    internal void Add(ReadOnlySpan<byte> line)
    {
        var end = Length + line.Length;
        if (end > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(end, _buffer.Length * 2));
        }

        line.CopyTo(_buffer.AsSpan(Length));
        _ends.Add(end);
    }
}
