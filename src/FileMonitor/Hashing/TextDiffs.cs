using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using FileMonitor.Patterns;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>
/// Remembers the contents of small text files by their checksums, so that a change can be told as a diff of exactly the two contents that its event names.
/// What was not used for longest is forgotten first. Any thread.
/// </summary>
internal sealed class TextDiffs
{
    private static readonly SearchValues<byte> NotInTexts =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7F).Select(static one => (byte)one).Except("\t\n\r\f"u8.ToArray())]);

    private readonly TextDiffOptions _options;
    private readonly IgnoreRules _rules;
    private readonly Lock _gate = new();

    // Under the lock, with the total of their bytes: the latest used at the end.
    private readonly Dictionary<Sha256Digest, LinkedListNode<(Sha256Digest Digest, byte[] Content)>> _known = [];
    private readonly LinkedList<(Sha256Digest Digest, byte[] Content)> _byUse = [];
    private long _bytes;

    private TextDiffs(TextDiffOptions options)
    {
        _options = options;
        _rules = IgnoreRules.Parse(options.Include, options.Ignore, ignoreCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS());
    }

    /// <summary>Null when no file is to be compared.</summary>
    public static TextDiffs? Of(TextDiffOptions options) => options.Include.Count == 0 ? null : new(options);

    /// <summary>Whether the content of this file is to be remembered, if it is text.</summary>
    public bool Wants(string relativePath, long size) => size <= _options.MaxFileBytes && !_rules.IsIgnored(relativePath, isDirectory: false);

    /// <summary>Remembers a content, and compares it with an earlier one.</summary>
    /// <param name="before">The checksum before; null when it is not known.</param>
    /// <param name="now">The checksum of the content.</param>
    /// <param name="content">All of the file.</param>
    /// <returns>Null when either of the two is not known, or is not text.</returns>
    public TextChange? Compare(Sha256Digest? before, Sha256Digest now, ReadOnlySpan<byte> content)
    {
        if (!IsText(content))
        {
            return null;
        }

        Remember(now, content);
        return before is null || before.Equals(now) || !TryFind(before, out var old)
            ? null
            : new(before, LineDiff.Unified(Encoding.UTF8.GetString(old), Encoding.UTF8.GetString(content), _options.MaxCharacters));
    }

    /// <summary>Valid UTF-8 without control characters, except those that separate words and lines.</summary>
    private static bool IsText(ReadOnlySpan<byte> content) => !content.ContainsAny(NotInTexts) && Utf8.IsValid(content);

    private void Remember(Sha256Digest digest, ReadOnlySpan<byte> content)
    {
        lock (_gate)
        {
            if (TryUse(digest, out _))
            {
                return;
            }

            _known.Add(digest, _byUse.AddLast((digest, content.ToArray())));
            _bytes += content.Length;

            // The one that was just added is kept: it is never larger than all of them may be.
            while (_bytes > _options.MaxMemoryBytes)
            {
                var oldest = _byUse.First!;
                _byUse.Remove(oldest);
                _known.Remove(oldest.Value.Digest);
                _bytes -= oldest.Value.Content.Length;
            }
        }
    }

    private bool TryFind(Sha256Digest digest, [NotNullWhen(true)] out byte[]? content)
    {
        lock (_gate)
        {
            return TryUse(digest, out content);
        }
    }

    private bool TryUse(Sha256Digest digest, [NotNullWhen(true)] out byte[]? content)
    {
        content = null;
        if (!_known.TryGetValue(digest, out var found))
        {
            return false;
        }

        _byUse.Remove(found);
        _byUse.AddLast(found);
        content = found.Value.Content;
        return true;
    }
}

/// <summary>What differs between two contents of a text file.</summary>
/// <param name="Before">The checksum of the content before.</param>
/// <param name="Diff">A unified diff.</param>
internal sealed record TextChange(Sha256Digest Before, string Diff);
