using System.Text;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>Writes events as the kernel does, record by record, in the order given.</summary>
internal sealed class FanotifyEventBytes
{
    private readonly List<byte> _all = [];

    public byte[] Bytes => [.. _all];

    /// <summary>The handle of a directory or file of a pretended file system.</summary>
    public static byte[] Handle(int number, ulong fileSystem = 7)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(fileSystem);
        writer.Write(8);
        writer.Write(1);
        writer.Write((long)number);
        return stream.ToArray();
    }

    /// <summary>A record with a handle, and perhaps a name.</summary>
    public static byte[] Record(byte type, byte[] handle, string? name = null)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var text = name is null ? [] : Encoding.UTF8.GetBytes(name + "\0");
        var length = (4 + handle.Length + text.Length + 3) / 4 * 4;
        writer.Write(type);
        writer.Write((byte)0);
        writer.Write((ushort)length);
        writer.Write(handle);
        writer.Write(text);
        writer.Write(new byte[length - 4 - handle.Length - text.Length]);
        return stream.ToArray();
    }

    public static byte[] Directory(byte[] handle, string name) => Record(2, handle, name);

    public static byte[] Target(byte[] handle) => Record(1, handle);

    public static byte[] Old(byte[] handle, string name) => Record(10, handle, name);

    public static byte[] New(byte[] handle, string name) => Record(12, handle, name);

    public FanotifyEventBytes Add(ulong mask, int process, params byte[][] records)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(24 + records.Sum(record => record.Length));
        writer.Write((byte)3);
        writer.Write((byte)0);
        writer.Write((ushort)24);
        writer.Write(mask);
        writer.Write(-1);
        writer.Write(process);
        Array.ForEach(records, writer.Write);
        _all.AddRange(stream.ToArray());
        return this;
    }
}
