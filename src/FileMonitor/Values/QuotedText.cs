using System.Globalization;
using System.Text;

namespace FileMonitor.Values;

/// <summary>
/// Quotes a name, or another text from outside, for a line for a person: the result stands for one name only, cannot be taken for another
/// column, and does nothing to a terminal. Most names stay as they are; the others are put between quotes, with escapes.
/// </summary>
/// <remarks>
/// The escapes are those of <c>printf '%b'</c> in bash, which gives the name back: <c>\\</c>, <c>\n</c>, <c>\r</c>, <c>\t</c>, <c>\xNN</c> for a
/// double quote, another control character of ASCII or a byte that is not UTF-8, <c>\uNNNN</c> and <c>\UNNNNNNNN</c> for invisible characters
/// and those that look like a blank. There is no other double quote between the two.
/// </remarks>
internal static class QuotedText
{
    private const string Arrow = " → ";

    /// <param name="text">The name, in the form that keeps bytes which are not UTF-8.</param>
    /// <param name="alsoQuoted">Characters with a meaning at this place, which are therefore also put between quotes.</param>
    public static string Quote(string text, string alsoQuoted = "")
    {
        if (IsPlain(text) && !text.AsSpan().ContainsAny(alsoQuoted))
        {
            return text;
        }

        var quoted = new StringBuilder(text.Length + 16).Append('"');
        for (var at = 0; at < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, at, out var rune))
            {
                Append(quoted, rune);
                at += rune.Utf16SequenceLength;
                continue;
            }

            TerminalText.EscapeHalf(quoted, text[at++]);
        }

        return quoted.Append('"').ToString();
    }

    // Two blanks, or a blank at an end, would end a column; an arrow separates the two names of a rename.
    private static bool IsPlain(string text) =>
        text.Length > 0
        && text[0] != ' '
        && text[^1] != ' '
        && !text.Contains("  ", StringComparison.Ordinal)
        && !text.Contains(Arrow, StringComparison.Ordinal)
        && !text.Contains('"')
        && (Path.DirectorySeparatorChar == '\\' || !text.Contains('\\'))
        && (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') || IsAllVisible(text));

    private static bool IsAllVisible(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune) || !IsVisible(rune))
            {
                return false;
            }

            at += rune.Utf16SequenceLength;
        }

        return true;
    }

    private static bool IsVisible(Rune rune) => rune.Value == ' ' || (Rune.GetUnicodeCategory(rune) != UnicodeCategory.SpaceSeparator && !TerminalText.Acts(rune));

    private static void Append(StringBuilder quoted, Rune rune)
    {
        if (rune.Value == '\\')
        {
            quoted.Append("\\\\");
        }
        else if (rune.Value != '"' && IsVisible(rune))
        {
            quoted.Append(rune);
        }
        else
        {
            TerminalText.Escape(quoted, rune);
        }
    }
}
