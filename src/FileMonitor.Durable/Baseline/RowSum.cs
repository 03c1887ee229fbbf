using System.Buffers.Binary;
using System.Numerics;

namespace FileMonitor.Durable.Baseline;

/// <summary>
/// CRC-32C over the values of a row, stored in the row, because SQLite does not detect a value that the disk changed. It does not protect against somebody who changes
/// a value and computes the sum again.
/// </summary>
internal struct RowSum()
{
    // Not 0, so that the sum of zeros is not 0.
    private uint _sum = uint.MaxValue;

    public readonly int Value => (int)_sum;

    public RowSum Add(long value)
    {
        _sum = BitOperations.Crc32C(_sum, (ulong)value);
        return this;
    }

    /// <summary>Null has another sum than any number.</summary>
    public RowSum Add(long? value) => Add(value is null ? 0 : 1).Add(value ?? 0);

    /// <summary>The length is included, so that a byte cannot move from one value to the next.</summary>
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
