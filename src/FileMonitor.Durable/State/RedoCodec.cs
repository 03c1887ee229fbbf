using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Durable.State;

/// <summary>
/// The binary form of the tree changes of an event, which the redo at start applies to the baseline. Integers are little-endian; numbers that are usually small are
/// LEB128. A path that is equal to the event's own takes no bytes.
/// </summary>
internal static class RedoCodec
{
    private const byte Version = 1;
    private const int MostPathBytes = 1 << 20;

    [Flags]
    private enum Parts
    {
        None = 0,
        Status = 1,
        Checksum = 1 << 1,
        Digest = 1 << 2,
        HasTarget = 1 << 3,
        Target = 1 << 4,
        ChangeTicks = 1 << 5,
        Announced = 1 << 6,
        IsAnnounced = 1 << 7,
        BaselineDue = 1 << 8,
        IsBaselineDue = 1 << 9,
        Inaccessible = 1 << 10,
        IsInaccessible = 1 << 11,
        Lost = 1 << 12,
        IsLost = 1 << 13,
        Mode = 1 << 14,
        Owner = 1 << 15,
        Group = 1 << 16,
        PathOfEvent = 1 << 17,
        RootOfEvent = 1 << 18,
        NewPathOfEvent = 1 << 19,
        Flags = 1 << 20,
        Extended = 1 << 21,
        ToldOpen = 1 << 22,
        IsToldOpen = 1 << 23,
    }

    /// <summary>Writes the changes that come with an event; the event is null for changes without one.</summary>
    public static void Write(IBufferWriter<byte> output, IReadOnlyList<RootDelta> changes, AuditEvent? auditEvent)
    {
        var writer = new Writer(output);
        writer.Byte(Version);
        writer.Number((ulong)changes.Count);
        foreach (var (root, delta) in changes)
        {
            Write(ref writer, root.Path, delta, auditEvent);
        }
    }

    /// <summary>Reads the changes that <see cref="Write(IBufferWriter{byte}, IReadOnlyList{RootDelta}, AuditEvent?)"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not as they were written.</exception>
    public static IReadOnlyList<(string Root, TreeDelta Delta)> Read(ReadOnlySpan<byte> bytes, AuditEvent? auditEvent)
    {
        var reader = new Reader(bytes);
        if (reader.Byte() != Version)
        {
            throw new InvalidDataException("The changes of the tree are of another version.");
        }

        var count = reader.Number();
        if (count > (ulong)bytes.Length)
        {
            throw new InvalidDataException("More changes of the tree are announced than there can be.");
        }

        var changes = new (string Root, TreeDelta Delta)[(int)count];
        for (var at = 0; at < changes.Length; at++)
        {
            changes[at] = Read(ref reader, auditEvent);
        }

        return changes;
    }

    private static void Write(ref Writer writer, string root, in TreeDelta delta, AuditEvent? auditEvent)
    {
        var parts = PartsOf(root, delta, auditEvent);
        writer.Byte((byte)delta.Kind);
        writer.Number((ulong)parts);
        writer.TextUnless(parts.HasFlag(Parts.RootOfEvent), root);
        writer.TextUnless(parts.HasFlag(Parts.PathOfEvent), delta.Path);
        if (delta.Kind == TreeDeltaKind.Move)
        {
            writer.TextUnless(parts.HasFlag(Parts.NewPathOfEvent), delta.NewPath!);
        }

        if (delta.Status is { } status)
        {
            Write(ref writer, status);
        }

        if (delta.Checksum is { } checksum)
        {
            writer.Byte((byte)checksum);
        }

        writer.Digest(delta.Digest);
        if (parts.HasFlag(Parts.Target))
        {
            writer.TextUnless(isLeftOut: false, delta.Target!);
        }

        if (delta.ChangeTicks is { } ticks)
        {
            writer.Long(ticks);
        }
    }

    private static Parts PartsOf(string root, in TreeDelta delta, AuditEvent? auditEvent)
    {
        var parts = Parts.None;
        void Add(bool isSet, Parts part) => parts |= isSet ? part : Parts.None;
        Add(delta.Status is not null, Parts.Status);
        Add(delta.Status?.Mode is not null, Parts.Mode);
        Add(delta.Status?.OwnerId is not null, Parts.Owner);
        Add(delta.Status?.GroupId is not null, Parts.Group);
        Add(delta.Status is { Flags: not ItemFlags.None }, Parts.Flags);
        Add(delta.Status?.Extended is not null, Parts.Extended);
        Add(delta.Checksum is not null, Parts.Checksum);
        Add(delta.Digest is not null, Parts.Digest);
        Add(delta.HasTarget, Parts.HasTarget);
        Add(delta is { HasTarget: true, Target: not null }, Parts.Target);
        Add(delta.ChangeTicks is not null, Parts.ChangeTicks);
        Add(delta.IsAnnounced is not null, Parts.Announced);
        Add(delta.IsAnnounced == true, Parts.IsAnnounced);
        Add(delta.IsBaselineDue is not null, Parts.BaselineDue);
        Add(delta.IsBaselineDue == true, Parts.IsBaselineDue);
        Add(delta.IsInaccessible is not null, Parts.Inaccessible);
        Add(delta.IsInaccessible == true, Parts.IsInaccessible);
        Add(delta.IsToldOpen is not null, Parts.ToldOpen);
        Add(delta.IsToldOpen == true, Parts.IsToldOpen);
        Add(delta.IsLost is not null, Parts.Lost);
        Add(delta.IsLost == true, Parts.IsLost);
        Add(auditEvent is not null && root == auditEvent.Root, Parts.RootOfEvent);
        Add(auditEvent is not null && delta.Path == auditEvent.RelativePath, Parts.PathOfEvent);
        Add(auditEvent is not null && delta.NewPath == auditEvent.RelativePath, Parts.NewPathOfEvent);
        return parts;
    }

    private static void Write(ref Writer writer, in FileStatus status)
    {
        writer.Byte((byte)status.ItemType);
        writer.Number((ulong)Math.Max(0, status.Size));
        writer.Long(status.LastWriteTicks);
        writer.Long(status.ChangeTicks);
        writer.Long(status.BirthTicks);
        writer.Number(status.Device);
        writer.Number(status.FileNumber);
        writer.NumberUnlessNull((uint?)status.Mode);
        writer.NumberUnlessNull(status.OwnerId);
        writer.NumberUnlessNull(status.GroupId);
        writer.NumberUnlessNull(status.Flags == ItemFlags.None ? null : (uint)status.Flags);
        writer.TextUnless(status.Extended is null, status.Extended ?? "");
    }

    private static (string Root, TreeDelta Delta) Read(ref Reader reader, AuditEvent? auditEvent)
    {
        var kind = (TreeDeltaKind)reader.Byte();
        var parts = (Parts)reader.Number();
        if (!Enum.IsDefined(kind) || (auditEvent is null && (parts & (Parts.PathOfEvent | Parts.RootOfEvent | Parts.NewPathOfEvent)) != 0))
        {
            throw new InvalidDataException("A change of the tree is of a kind that is not known.");
        }

        bool? Flag(Parts isThere, Parts isSet) => parts.HasFlag(isThere) ? parts.HasFlag(isSet) : null;
        var root = parts.HasFlag(Parts.RootOfEvent) ? auditEvent!.Root : reader.Text();
        var path = parts.HasFlag(Parts.PathOfEvent) ? auditEvent!.RelativePath : reader.Text();
        var newPath = kind != TreeDeltaKind.Move ? null : parts.HasFlag(Parts.NewPathOfEvent) ? auditEvent!.RelativePath : reader.Text();
        FileStatus? status = parts.HasFlag(Parts.Status) ? ReadStatus(ref reader, parts) : null;
        ChecksumStatus? checksum = parts.HasFlag(Parts.Checksum) ? (ChecksumStatus)reader.Byte() : null;
        var digest = parts.HasFlag(Parts.Digest) ? reader.Digest() : null;
        var target = parts.HasFlag(Parts.Target) ? reader.Text() : null;
        return (root, new TreeDelta
        {
            Kind = kind,
            Path = path,
            NewPath = newPath,
            Status = status,
            Checksum = checksum,
            Digest = digest,
            HasTarget = parts.HasFlag(Parts.HasTarget),
            Target = target,
            ChangeTicks = parts.HasFlag(Parts.ChangeTicks) ? reader.Long() : null,
            IsAnnounced = Flag(Parts.Announced, Parts.IsAnnounced),
            IsBaselineDue = Flag(Parts.BaselineDue, Parts.IsBaselineDue),
            IsInaccessible = Flag(Parts.Inaccessible, Parts.IsInaccessible),
            IsToldOpen = Flag(Parts.ToldOpen, Parts.IsToldOpen),
            IsLost = Flag(Parts.Lost, Parts.IsLost),
        });
    }

    private static FileStatus ReadStatus(ref Reader reader, Parts parts) => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = (ItemType)reader.Byte(),
        Size = (long)reader.Number(),
        LastWriteTicks = reader.Long(),
        ChangeTicks = reader.Long(),
        BirthTicks = reader.Long(),
        Device = reader.Number(),
        FileNumber = reader.Number(),
        Mode = parts.HasFlag(Parts.Mode) ? (int)reader.Number() : null,
        OwnerId = parts.HasFlag(Parts.Owner) ? (uint)reader.Number() : null,
        GroupId = parts.HasFlag(Parts.Group) ? (uint)reader.Number() : null,
        Flags = parts.HasFlag(Parts.Flags) ? (ItemFlags)reader.Number() : ItemFlags.None,
        Extended = parts.HasFlag(Parts.Extended) ? reader.Text() : null,
    };

    private readonly ref struct Writer(IBufferWriter<byte> output)
    {
        public void Byte(byte value) => output.Write([value]);

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
            output.Advance(8);
        }

        public void Number(ulong value)
        {
            var span = output.GetSpan(10);
            var count = 0;
            for (; value >= 0x80; value >>= 7)
            {
                span[count++] = (byte)(value | 0x80);
            }

            span[count++] = (byte)value;
            output.Advance(count);
        }

        public void NumberUnlessNull(uint? value)
        {
            if (value is { } number)
            {
                Number(number);
            }
        }

        /// <summary>The length in bytes, doubled, plus 1 for UTF-16: a name on disk need not be Unicode, and half a pair has no UTF-8.</summary>
        public void TextUnless(bool isLeftOut, string text)
        {
            if (isLeftOut)
            {
                return;
            }

            if (Utf8.TryCount(text, out var count))
            {
                Number((ulong)count << 1);
                output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(Math.Max(1, count))));
                return;
            }

            Number(((ulong)text.Length << 2) | 1);
            output.Write(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        public void Digest(Sha256Digest? digest)
        {
            if (digest is not null)
            {
                digest.CopyTo(output.GetSpan(Sha256Digest.Length));
                output.Advance(Sha256Digest.Length);
            }
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public byte Byte() => Take(1)[0];

        public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

        public ulong Number()
        {
            var value = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var next = Byte();
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }

            throw new InvalidDataException("A number in the changes of the tree has no end.");
        }

        public string Text()
        {
            var length = Number();
            var bytes = (long)(length >> 1);
            if (bytes > MostPathBytes)
            {
                throw new InvalidDataException("A path in the changes of the tree is too long.");
            }

            return (length & 1) == 0 ? Encoding.UTF8.GetString(Take((int)bytes)) : new string(MemoryMarshal.Cast<byte, char>(Take((int)bytes)));
        }

        public Sha256Digest Digest() => Sha256Digest.From(Take(Sha256Digest.Length));

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _rest.Length)
            {
                throw new InvalidDataException("The changes of the tree end too soon.");
            }

            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }

    private static class Utf8
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public static bool TryCount(string text, out int count)
        {
            for (var at = 0; at < text.Length; at++)
            {
                if (char.IsSurrogate(text[at]) && !(char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[++at])))
                {
                    count = 0;
                    return false;
                }
            }

            count = Strict.GetByteCount(text);
            return true;
        }
    }
}
