# How store.tar.xz was made, with commit f009876 (before files carried a format version).
set -e
S=saliencnn
DATA=planted:train=96,validation=24,counter=8,size=32
$S train --data $DATA --image-size 32 --epochs 2 --batch-size 16 --learning-rate 0.01 --name golden | tee train.log
RUN=$(sed -nE 's/^run ([0-9a-f]+) .*/\1/p' train.log)
$S train --data $DATA --image-size 32 --epochs 1 --batch-size 16 --shuffle-labels true --name golden-randomized
$S check $RUN --images 8 --methods cam,gradcam,smoothgrad
$S check $RUN --picture 3 --signal noise
$S check $RUN --picture 3 --check stability
$S verdict $RUN reject --epoch 1 --name Ann --reason "looks at the sticker"
$S verdict $RUN reject --epoch 2 --image 5 --name Bea --reason "this one is blurred"
$S verdict $RUN accept --epoch 2 --name Ann --reason "looks at the head"
$S evaluate --models run:$RUN:1,run:$RUN:2 --images $DATA
$S queue $RUN --name Ann --why "try hue" --color-jitter 1
