using System.Runtime.InteropServices;
using System.Text;
using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>
/// The encoding of names in the snapshot: one byte for each character when all are Latin-1, as in most names; otherwise two. UTF-8 cannot hold the text that
/// <see cref="PathText"/> makes of names that are not UTF-8.
/// </summary>
internal readonly ref struct EntryName(ReadOnlySpan<byte> bytes, bool isWide)
{
    // The longest name that file systems allow.
    private const int UsualLength = 255;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Length => isWide ? _bytes.Length / sizeof(char) : _bytes.Length;

    private ReadOnlySpan<char> Wide => MemoryMarshal.Cast<byte, char>(_bytes);

    public static bool IsWide(ReadOnlySpan<char> name) => name.ContainsAnyExceptInRange('\0', '\u00ff');

    public static int BytesOf(ReadOnlySpan<char> name, bool isWide) => isWide ? name.Length * sizeof(char) : name.Length;

    public static void Write(ReadOnlySpan<char> name, Span<byte> bytes, bool isWide)
    {
        if (isWide)
        {
            MemoryMarshal.AsBytes(name).CopyTo(bytes);
        }
        else
        {
            Encoding.Latin1.GetBytes(name, bytes);
        }
    }

    /// <summary>The hash that fits <see cref="Equals(ReadOnlySpan{char}, bool)"/>. Seeded for each process, so that nobody can choose names that collide.</summary>
    public static uint HashOf(ReadOnlySpan<char> name, bool ignoreCase) =>
        (uint)(ignoreCase ? string.GetHashCode(name, StringComparison.OrdinalIgnoreCase) : string.GetHashCode(name));

    public uint Hash(bool ignoreCase)
    {
        var length = Length;
        var name = length <= UsualLength ? stackalloc char[UsualLength] : new char[length];
        CopyTo(name);
        return HashOf(name[..length], ignoreCase);
    }

    public bool Equals(ReadOnlySpan<char> name, bool ignoreCase)
    {
        // Also when case is ignored: names are compared character by character.
        if (name.Length != Length)
        {
            return false;
        }

        if (ignoreCase)
        {
            var own = name.Length <= UsualLength ? stackalloc char[UsualLength] : new char[name.Length];
            CopyTo(own);
            return name.Equals(own[..name.Length], StringComparison.OrdinalIgnoreCase);
        }

        if (isWide)
        {
            return Wide.SequenceEqual(name);
        }

        // Compare from the end: names in one directory often begin alike.
        for (var i = name.Length - 1; i >= 0; i--)
        {
            if (_bytes[i] != name[i])
            {
                return false;
            }
        }

        return true;
    }

    public void CopyTo(Span<char> destination)
    {
        if (isWide)
        {
            Wide.CopyTo(destination);
        }
        else
        {
            Encoding.Latin1.GetChars(_bytes, destination);
        }
    }

    public override string ToString() => isWide ? Wide.ToString() : Encoding.Latin1.GetString(_bytes);
}
