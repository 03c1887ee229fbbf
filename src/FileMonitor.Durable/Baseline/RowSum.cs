using System.Buffers.Binary;
using System.Numerics;

namespace FileMonitor.Durable.Baseline;

/// <summary>
/// CRC-32C over the values of a row, stored with it: SQLite does not notice when a disk changes a value. It is no protection from somebody who
/// means to change one and computes it anew.
/// </summary>
internal struct RowSum()
{
    // Whatever it is, all zeros have another sum than 0.
    private uint _sum = uint.MaxValue;

    public readonly int Value => (int)_sum;

    public RowSum Add(long value)
    {
        _sum = BitOperations.Crc32C(_sum, (ulong)value);
        return this;
    }

    /// <summary>Null is told from every number.</summary>
    public RowSum Add(long? value) => Add(value is null ? 0 : 1).Add(value ?? 0);

    /// <summary>The length too, so that bytes cannot pass from one value to the next.</summary>
    public RowSum Add(ReadOnlySpan<byte> value)
    {
        Add((long)value.Length);
        while (value.Length >= sizeof(ulong))
        {
            _sum = BitOperations.Crc32C(_sum, BinaryPrimitives.ReadUInt64LittleEndian(value));
            value = value[sizeof(ulong)..];
        }

        foreach (var one in value)
        {
            _sum = BitOperations.Crc32C(_sum, one);
        }

        return this;
    }
}
