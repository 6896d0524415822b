//! What the pictures promise.

use doorward_captcha::{HumanChecks, Purpose, Rung, Settings, Way, draw::Picture, solver::reveal};

use crate::judging::{BROWSER, NOW, ROOT};

fn picture(rung: Rung, number: u16) -> (Picture, u16) {
    let checks = HumanChecks::new(&ROOT, Settings::default());
    let mut seed = [0x33; 32];
    seed[..2].copy_from_slice(&number.to_le_bytes());
    let challenge = checks.issue(rung, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed);
    let left = reveal(&ROOT, &challenge.token, NOW).expect("our own token").left;
    (challenge.picture.expect("this rung has a picture"), left)
}

#[test]
fn nineteen_pictures_of_twenty_stay_under_14_kilobytes() {
    for rung in [Rung::Slider, Rung::HarderSlider] {
        let mut sizes: Vec<usize> = (0..400).map(|number| picture(rung, number).0.jpeg.len()).collect();
        sizes.sort_unstable();
        assert!(sizes[380] <= 14_000, "{rung:?}: {}", sizes[380]);
    }
}

#[test]
fn every_picture_can_be_decoded() {
    for number in 0..40 {
        for rung in [Rung::Slider, Rung::HarderSlider] {
            let (picture, _) = picture(rung, number);
            let pixels = jpeg_decoder::Decoder::new(picture.jpeg.as_slice()).decode().expect("a whole JPEG");
            assert_eq!(pixels.len(), 320 * 240 * 3);
            assert!(picture.piece.y >= 180, "the piece stands under the picture");
            assert!(picture.piece.y + picture.piece.height <= 240);
        }
    }
}

#[test]
fn each_of_the_four_gaps_is_the_right_one_about_as_often() {
    let mut quarters = [0; 4];
    for number in 0..400 {
        let (_, left) = picture(Rung::Slider, number);
        quarters[usize::from((left - 58) / 60).min(3)] += 1;
    }
    for count in quarters {
        assert!((60..=140).contains(&count), "{quarters:?}");
    }
}
