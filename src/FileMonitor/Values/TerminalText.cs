using System.Globalization;
using System.Text;

namespace FileMonitor.Values;

/// <summary>
/// Makes a text safe to show to a person. A file name may contain anything: escape sequences that repaint the screen, overrides that turn
/// <c>txt.exe</c> into <c>exe.txt</c>, line breaks that forge an event.
/// </summary>
internal static class TerminalText
{
    /// <summary>
    /// Escapes every character that would act, hide or break the line, and every byte that is not UTF-8, as for <c>printf '%b'</c>. Without
    /// quotes, and with backslashes unchanged, because most of the text is a sentence of ours.
    /// </summary>
    public static string Neutralise(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                EscapeHalf(shown, text[at++]);
                continue;
            }

            at += rune.Utf16SequenceLength;
            if (Acts(rune))
            {
                Escape(shown, rune);
            }
            else
            {
                shown.Append(rune);
            }
        }

        return shown.ToString();
    }

    /// <summary>One character by an escape of <c>printf '%b'</c>.</summary>
    internal static void Escape(StringBuilder shown, Rune rune) => _ = rune.Value switch
    {
        '\n' => shown.Append("\\n"),
        '\r' => shown.Append("\\r"),
        '\t' => shown.Append("\\t"),
        <= 0x7F => shown.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        <= 0xFFFF => shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => shown.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };

    /// <summary>Half a surrogate pair; from U+DC80 to U+DCFF it stands for a byte that is not UTF-8.</summary>
    internal static void EscapeHalf(StringBuilder shown, int half) => _ = half is >= 0xDC80 and <= 0xDCFF
        ? shown.Append(CultureInfo.InvariantCulture, $"\\x{half - 0xDC00:x2}")
        : shown.Append(CultureInfo.InvariantCulture, $"\\u{half:x4}");

    /// <summary>Whether a terminal would do anything but show the character, or would not show it the same way everywhere.</summary>
    internal static bool Acts(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,

        // Format: bidi marks and overrides, zero-width space, tags. The two joiners stay: Persian, Hindi and emoji are written with them.
        UnicodeCategory.Format => rune.Value is not (0x200C or 0x200D),

        // Fonts need not have these: most show nothing, some another character.
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => true,
        _ => IsBlank(rune.Value),
    };

    // Letters, marks and symbols that have no shape: Unicode's Default_Ignorable_Code_Point, and the empty pattern of Braille. The variation
    // selector that asks for the coloured form of a character (FE0F) stays, because emoji are written with it.
    private static bool IsBlank(int character) => character is
        0x034F // combining grapheme joiner
        or 0x115F or 0x1160 or 0x3164 or 0xFFA0 // fillers of Hangul
        or 0x17B4 or 0x17B5 // inherent vowels of Khmer
        or (>= 0x180B and <= 0x180F) // selectors of Mongolian
        or 0x2800 // Braille without dots
        or (>= 0xFE00 and <= 0xFE0E) or (>= 0xE0100 and <= 0xE01EF); // variation selectors
}
