using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <content>The name of an item and what stands before it: the checksum of a file, or the target of a link.</content>
internal sealed partial class SnapshotEntry
{
    /// <summary>The checksum of a file or the target of a link, if known, then the name.</summary>
    private byte[] Text
    {
        get => _content as byte[] ?? ((ChildEntries)_content).Text;
        set
        {
            if (_content is ChildEntries children)
            {
                children.Text = value;
            }
            else
            {
                _content = value;
            }
        }
    }

    private bool HasPrefix { get => Has(EntryState.HasPrefix); set => Set(EntryState.HasPrefix, value); }

    private bool IsWide { get => Has(EntryState.IsWide); set => Set(EntryState.IsWide, value); }

    private int PrefixLength => !HasPrefix ? 0 : Type == ItemType.SymbolicLink ? EntryTarget.LengthOf(Text) : Sha256Digest.Length;

    private void SetPrefix(ReadOnlySpan<byte> prefix)
    {
        var length = PrefixLength;
        if (length != prefix.Length)
        {
            var before = Text.Length;
            var name = Text.AsSpan(length);
            var text = new byte[prefix.Length + name.Length];
            name.CopyTo(text.AsSpan(prefix.Length));
            Text = text;
            if (Parent is not null && Owner is { } owner)
            {
                owner.TextBytes += text.Length - before;
            }
        }

        HasPrefix = !prefix.IsEmpty;
        prefix.CopyTo(Text);
    }

    private void SetName(string name)
    {
        var isWide = EntryName.IsWide(name);
        var prefix = Text.AsSpan(0, PrefixLength);
        var text = new byte[prefix.Length + EntryName.BytesOf(name, isWide)];
        prefix.CopyTo(text);
        EntryName.Write(name, text.AsSpan(prefix.Length), isWide);
        IsWide = isWide;
        Text = text;
    }
}
